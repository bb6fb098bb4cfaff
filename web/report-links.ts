import { plural } from '../src/figures/drawing/format.ts';
import { signs } from '../src/zodiac/signs.ts';
import { cellOrigin, nodeOrigin, type Origin, selectedBy } from './origin.ts';
import type { State } from './state.ts';

/** Makes parts of the report below select objects on the map: nodes of the tree, and counts of signs and modalities. */
export function linkReport(state: State): void {
  for (const drawing of document.querySelectorAll<SVGSVGElement>('#figure-4-box svg'))
    linkTree(state, drawing);
  for (const row of document.querySelectorAll<HTMLTableRowElement>('#signs-modalities tbody tr'))
    linkRow(state, row);
}

/** A node of the drawn tree, and the leaves below it. */
interface Branch {
  readonly element: SVGGElement;
  readonly first: number;
  readonly end: number;
}

/**
 * A tree of which one node at a time takes the focus: up and down go to its whole and its first part, left and right to the
 * part beside it, Enter selects the objects below it.
 */
function linkTree(state: State, drawing: SVGSVGElement): void {
  const branches: Branch[] = [];
  for (const element of drawing.querySelectorAll<SVGGElement>('[data-node]')) {
    const [first, end] = state.objects.meta.tree?.[Number(element.dataset.node)] ?? [0, 0];
    if (end > first) branches.push({ element, first, end });
  }
  // Wholes before their parts.
  branches.sort((a, b) => b.end - b.first - (a.end - a.first) || a.first - b.first);
  if (branches.length === 0) return;
  drawing.setAttribute('role', 'tree');
  branches.forEach((branch, i) => {
    linkNode(state, branch, levelOf(branches, branch));
    branch.element.setAttribute('tabindex', i === 0 ? '0' : '-1');
    branch.element.addEventListener('keydown', (event) => {
      const to = neighborOf(branches, branch, event.key);
      if (to !== undefined) {
        branch.element.setAttribute('tabindex', '-1');
        to.element.setAttribute('tabindex', '0');
        to.element.focus();
      } else if (event.key === 'Enter' || event.key === ' ') branch.element.dispatchEvent(new Event('click'));
      else return;
      event.preventDefault();
    });
  });
}

const contains = (whole: Branch, part: Branch) =>
  whole !== part && whole.first <= part.first && whole.end >= part.end;

function levelOf(branches: readonly Branch[], branch: Branch): number {
  return 1 + branches.filter((whole) => contains(whole, branch)).length;
}

function neighborOf(branches: readonly Branch[], from: Branch, key: string): Branch | undefined {
  const whole = branches.findLast((branch) => contains(branch, from));
  if (key === 'ArrowUp') return whole;
  if (key === 'ArrowDown')
    return branches.find((branch) => contains(from, branch) && branch.first === from.first);
  const beside = (branch: Branch) => whole !== undefined && contains(whole, branch);
  if (key === 'ArrowLeft') return branches.find((branch) => beside(branch) && branch.end === from.first);
  if (key === 'ArrowRight') return branches.find((branch) => beside(branch) && branch.first === from.end);
  return undefined;
}

function linkNode(state: State, { element, first, end }: Branch, level: number): void {
  // Thin lines are hard to hit.
  for (const line of element.querySelectorAll('path')) {
    const wide = line.cloneNode() as SVGPathElement;
    wide.setAttribute('class', 'hit');
    element.append(wide);
  }
  const { leaf, count } = state.objects;
  let size = 0;
  for (let i = 0; i < count; i++) size += Number(leaf[i] >= first && leaf[i] < end);
  element.classList.add('live');
  element.setAttribute('role', 'treeitem');
  element.setAttribute('aria-level', `${level}`);
  element.setAttribute('aria-label', plural(size, 'object'));
  element.addEventListener('click', () => lightUp(state, nodeOrigin(Number(element.dataset.node))));
}

function linkRow(state: State, row: HTMLTableRowElement): void {
  const { meta } = state.objects;
  const name = row.cells[0].textContent ?? '';
  if (!meta.signOf.includes(signs.findIndex((sign) => sign.name === name))) return;
  for (const [column, cell] of [...row.cells].slice(1).entries()) {
    const button = document.createElement('button');
    const count = cell.firstChild;
    if (count === null) continue;
    button.type = 'button';
    button.title = 'Select them on the map';
    cell.replaceChild(button, count);
    button.append(count);
    // The last column has all modalities.
    button.addEventListener('click', () => lightUp(state, cellOrigin(name, meta.modalities[column] ?? '')));
  }
}

/** Selects objects and shows the map. */
function lightUp(state: State, origin: Origin): void {
  const wanted = selectedBy(state.objects, state.grid, state.shades.value, origin);
  state.query.value = '';
  state.unpin();
  state.focus.value = null;
  state.select(wanted, origin);
  state.home();
  state.message.value = `${plural(wanted.length, 'object')} selected`;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.getElementById('first')?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth' });
}
