import { modalitiesOf } from '../pipeline/fitted.ts';
import type { GOD } from '../pipeline/god.ts';

/** One object of the New Reality as the server shows it. */
export interface ObjectView {
  readonly row: number;
  readonly id: string;
  readonly modality: string;
  readonly label: string;
  /** On the map. */
  readonly x: number;
  readonly y: number;
  readonly cluster: number;
  readonly sign: string;
}

export interface ObjectQuery {
  /** Text that the id or the label contains, whatever its case; '' for all. */
  readonly query: string;
  /** Only objects of this modality; '' for all. */
  readonly modality: string;
  readonly offset: number;
  readonly limit: number;
}

/** The objects of a fitted GOD, to be found by name. */
export class Catalogue {
  readonly #god: GOD;
  readonly #signs: readonly string[];
  readonly #names: readonly string[];
  readonly #rows = new Map<string, number[]>();
  /** The modalities of the objects. */
  readonly modalities: readonly string[];

  constructor(god: GOD) {
    this.#god = god;
    this.#signs = god.signs;
    this.modalities = modalitiesOf(god.objects);
    this.#names = god.objects.map(({ id, label }) => `${id}\n${label}`.toLowerCase());
    god.objects.forEach(({ id }, row) => {
      const same = this.#rows.get(id);
      if (same === undefined) this.#rows.set(id, [row]);
      else same.push(row);
    });
  }

  at(row: number): ObjectView {
    const { objects, map, clusters } = this.#god;
    const { id, modality, label } = objects[row];
    const [x, y] = map.data.subarray(2 * row, 2 * row + 2);
    return { row, id, modality, label, x, y, cluster: clusters[row], sign: this.#signs[row] };
  }

  /** How many objects fit, and those from `offset` on, in the order of their rows. */
  find({ query, modality, offset, limit }: ObjectQuery): { total: number; objects: ObjectView[] } {
    const wanted = query.toLowerCase();
    const rows: number[] = [];
    let total = 0;
    this.#names.forEach((name, row) => {
      if (modality !== '' && this.#god.objects[row].modality !== modality) return;
      if (!name.includes(wanted)) return;
      if (total >= offset && rows.length < limit) rows.push(row);
      total++;
    });
    return { total, objects: rows.map((row) => this.at(row)) };
  }

  /** Rows of the objects with this id, in all modalities or in one. */
  rowsOf(id: string, modality: string): number[] {
    const rows = this.#rows.get(id) ?? [];
    return rows.filter((row) => modality === '' || this.#god.objects[row].modality === modality);
  }
}
