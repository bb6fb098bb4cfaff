import { effect } from '@preact/signals';
import { render } from 'preact';
import type { PageMeta } from '../src/page/format.ts';
import { offeredBy } from './coloring.ts';
import { unpack } from './data.ts';
import { cancelLasso } from './lasso-line.tsx';
import { follow, hashOf, linkOf, parseHash } from './link.ts';
import { MapFigure } from './map.tsx';
import { Card } from './panels/card.tsx';
import { ColorBy, Legend, Overlays } from './panels/legend.tsx';
import { GoneBanner, PlaceCard, PlaceNews, PlacePanel } from './panels/place.tsx';
import { Search } from './panels/search.tsx';
import { SelectionPanel } from './panels/selection.tsx';
import { Sheet } from './panels/sheet.tsx';
import { Table } from './panels/table.tsx';
import { Help, Tools } from './panels/tools.tsx';
import { Placing } from './placing.ts';
import { linkReport } from './report-links.ts';
import { OVERLAYS, State } from './state.ts';

const LINK_REST_MS = 400;
const SPEECH_MS = 1000;

function Explorer({ state, placing }: { state: State; placing: Placing | undefined }) {
  const { placed, count } = state.objects;
  return (
    <>
      <div class="stage">
        <MapFigure state={state} />
        {state.table.value && <Table state={state} />}
        <Tools state={state} />
        {state.server && <GoneBanner server={state.server} />}
        {state.dropping.value && <p class="empty drop">Drop a picture, .npy or .json to place it</p>}
      </div>
      <Sheet state={state}>
        {state.trouble.value !== '' && <p class="trouble">{state.trouble.value}</p>}
        <Search state={state} />
        {placing && <PlaceNews placing={placing} />}
        <PlaceCard state={state} />
        <Card state={state} placing={placing} />
        <SelectionPanel state={state} />
        <ColorBy state={state} />
        <Legend state={state} />
        <Overlays state={state} />
        {placing && <PlacePanel state={state} placing={placing} />}
        {placed < count && (
          <p class="soft">{(count - placed).toLocaleString('en-US')} objects have no place on the map.</p>
        )}
      </Sheet>
      <Help state={state} />
    </>
  );
}

/** Keys that work everywhere on the page but in fields. */
function pageKey(event: KeyboardEvent, state: State): void {
  const inField = event.target instanceof HTMLInputElement;
  const overlay = OVERLAYS.find(({ key }) => key === event.key);
  if (event.key === 'Escape') clear(state);
  else if (inField) return;
  else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) state.undo();
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === '/') document.getElementById('search')?.focus();
  else if (event.key === '?') state.help.value = true;
  else if (overlay !== undefined) state.toggleOverlay(overlay.name);
  else if (event.key === 'c') {
    const offered = offeredBy(state.objects);
    const at = offered.findIndex(({ by }) => by === state.colorBy.value);
    state.colorBy.value = offered[(at + 1) % offered.length].by;
  } else return;
  event.preventDefault();
}

/** Takes back one thing at a time: the lasso, the search, the pin, the selection. */
function clear(state: State): void {
  if (state.lassoing.value) cancelLasso(state);
  else if (state.query.value !== '') state.query.value = '';
  else if (state.focus.value !== null) state.focus.value = null;
  else if (state.pinned.value >= 0) state.unpin();
  else if (state.selection.value.length > 0) state.select(new Uint32Array(0), null);
}

/** Keeps the color scheme, the address and the screen reader's line up to date. */
function keepUp(state: State): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const setScheme = () => {
    state.scheme.value = dark.matches ? 'dark' : 'light';
  };
  setScheme();
  dark.addEventListener('change', setScheme);
  let rest: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  effect(() => {
    const hash = hashOf(linkOf(state));
    clearTimeout(rest);
    if (first) first = false;
    else rest = setTimeout(() => history.replaceState(null, '', hash), LINK_REST_MS);
  });
  addEventListener('hashchange', () => {
    const link = parseHash(location.hash);
    if (link.view !== undefined) follow(state, link);
  });
  const live = document.createElement('p');
  live.className = 'unseen';
  live.setAttribute('role', 'status');
  document.body.append(live);
  let speech: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const text = state.message.value;
    clearTimeout(speech);
    speech = setTimeout(() => {
      live.textContent = text;
    }, SPEECH_MS);
  });
}

async function start(): Promise<void> {
  const root = document.getElementById('explorer');
  const source = document.getElementById('page-data')?.textContent;
  if (root === null || source == null) return;
  try {
    const { meta, data } = JSON.parse(source) as { meta: PageMeta; data: string };
    const state = new State(await unpack(meta, data));
    keepUp(state);
    document.documentElement.classList.add('live');
    follow(state, parseHash(location.hash));
    addEventListener('keydown', (event) => {
      if (!event.defaultPrevented) pageKey(event, state);
    });
    addEventListener('error', ({ message }) => {
      state.trouble.value = `Something went wrong: ${message}`;
    });
    const { server } = state;
    const placing = server && new Placing(state, server);
    void server?.look();
    render(<Explorer state={state} placing={placing} />, root);
    linkReport(state);
    root.dataset.ready = 'true';
  } catch (error) {
    const line = document.createElement('p');
    line.className = 'trouble';
    line.textContent = `${error instanceof Error ? error.message : error} The report below is complete.`;
    root.replaceChildren(line);
  }
}

void start();
