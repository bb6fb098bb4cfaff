import { types } from 'node:util';
import { describe } from '../../errors.ts';
import { type ModelState, stateArray } from '../../models/model-state.ts';
import type { Source } from '../../sources/source.ts';
import type { RealObject, Thumbnails } from '../fitted.ts';
import { type Execution, executionOptions } from '../options.ts';
import { gathering } from './gather.ts';
import type { Stage } from './stage.ts';

/** With more objects that have pictures there are none: a page would be too large. */
export const MOST_THUMBNAILS = 10_000;

/**
 * Small pictures of the objects in the New Reality.
 *
 * @param inputs - keys of what decides the objects and their names.
 */
export function thumbnailsStage(
  sources: readonly Source[],
  objects: readonly RealObject[],
  inputs: readonly string[],
  execution: Execution,
): Stage<Thumbnails> {
  return {
    name: 'thumbnails',
    version: 1,
    parameters: { most: MOST_THUMBNAILS },
    inputs,
    async compute(report) {
      const found = new Map<number, Uint8Array>();
      const pictured = sources.filter(({ thumbnails }) => thumbnails !== undefined);
      const names = new Set(pictured.map(({ modality }) => modality));
      const total = objects.filter(({ modality }) => names.has(modality)).length;
      if (total > MOST_THUMBNAILS) return found;
      for (const source of pictured) {
        const rows = Array.from(objects.keys()).filter((row) => objects[row].modality === source.modality);
        if (rows.length === 0) continue;
        const pictures = await source.thumbnails?.(
          rows.map((row) => objects[row].id),
          {
            ...executionOptions(execution),
            onProgress: (done) => report(gathering(found.size + done, total)),
          },
        );
        for (const row of rows) {
          const picture = pictures?.get(objects[row].id);
          if (picture === undefined) continue;
          checkPicture(picture, source.modality);
          found.set(row, picture);
        }
      }
      return found;
    },
    pack: thumbnailsState,
    unpack: thumbnailsFromState,
  };
}

/** Sources can be the user's own. */
function checkPicture(picture: unknown, modality: string): void {
  if (!types.isUint8Array(picture))
    throw new TypeError(
      `Expected the source of ${modality} to give thumbnails as Uint8Array but it gave ${describe(picture)}`,
    );
}

/** Pictures one after another, four bytes to a number, since a state has no arrays of bytes. */
export function thumbnailsState(thumbnails: Thumbnails): ModelState {
  const lengths = Int32Array.from(thumbnails.values(), ({ length }) => length);
  const bytes = new Uint8Array(4 * Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / 4));
  let at = 0;
  for (const picture of thumbnails.values()) {
    bytes.set(picture, at);
    at += picture.length;
  }
  const data = new Int32Array(bytes.buffer);
  return {
    kind: 'thumbnails',
    version: 1,
    values: {},
    arrays: {
      rows: { data: Int32Array.from(thumbnails.keys()), shape: [thumbnails.size] },
      lengths: { data: lengths, shape: [lengths.length] },
      bytes: { data, shape: [data.length] },
    },
  };
}

/** @throws TypeError for arrays that do not fit each other. */
export function thumbnailsFromState(state: ModelState): Thumbnails {
  const array = (name: string) => stateArray(state, name, Int32Array, 1).data;
  const [rows, lengths, data] = [array('rows'), array('lengths'), array('bytes')];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (rows.length !== lengths.length || lengths.some((length) => length < 0) || total > bytes.length)
    throw new TypeError('Expected the state of thumbnails to have arrays that fit each other');
  const found = new Map<number, Uint8Array>();
  let at = 0;
  for (const [i, row] of rows.entries()) {
    found.set(row, bytes.slice(at, at + lengths[i]));
    at += lengths[i];
  }
  return found;
}
