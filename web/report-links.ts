import { plural } from '../src/figures/drawing/format.ts';
import { signs } from '../src/zodiac/signs.ts';
import type { Objects } from './data.ts';
import type { State } from './state.ts';

/** Makes parts of the report below select objects on the map: nodes of the tree, and counts of signs and modalities. */
export function linkReport(state: State): void {
  for (const node of document.querySelectorAll<SVGGElement>('[data-node]')) linkNode(state, node);
  for (const row of document.querySelectorAll<HTMLTableRowElement>('#signs-modalities tbody tr'))
    linkRow(state, row);
}

function linkNode(state: State, node: SVGGElement): void {
  const range = state.objects.meta.tree?.[Number(node.dataset.node)];
  if (range === undefined) return;
  // Thin lines are hard to hit.
  for (const line of node.querySelectorAll('path')) {
    const wide = line.cloneNode() as SVGPathElement;
    wide.setAttribute('class', 'hit');
    node.append(wide);
  }
  node.classList.add('live');
  node.addEventListener('click', () =>
    lightUp(state, (objects, i) => objects.leaf[i] >= range[0] && objects.leaf[i] < range[1]),
  );
}

function linkRow(state: State, row: HTMLTableRowElement): void {
  const { meta } = state.objects;
  const sign = signs.findIndex(({ name }) => name === row.cells[0].textContent);
  const cluster = meta.signOf.indexOf(sign);
  if (sign < 0 || cluster < 0) return;
  for (const [column, cell] of [...row.cells].slice(1).entries()) {
    const button = document.createElement('button');
    const count = cell.firstChild;
    if (count === null) continue;
    button.type = 'button';
    button.title = 'Select them on the map';
    cell.replaceChild(button, count);
    button.append(count);
    // The last column has all modalities.
    const modality = meta.modalities[column] === undefined ? -1 : column;
    button.addEventListener('click', () =>
      lightUp(
        state,
        (objects, i) => objects.cluster[i] === cluster && (modality < 0 || objects.modality[i] === modality),
      ),
    );
  }
}

/** Selects objects and shows the map. */
function lightUp(state: State, isWanted: (objects: Objects, i: number) => boolean): void {
  const { objects } = state;
  const wanted = Uint32Array.from({ length: objects.count }, (_, i) => i).filter((i) => isWanted(objects, i));
  state.query.value = '';
  state.unpin();
  state.focus.value = null;
  state.select(wanted, null);
  state.home();
  state.message.value = `${plural(wanted.length, 'object')} selected`;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.getElementById('first')?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth' });
}
