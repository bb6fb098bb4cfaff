import { detailOf, nameOf, type Objects } from '../data.ts';
import { shortened } from '../names.ts';

/** A stranger's text: as text, in its own writing direction. */
export function Name({ text, most = 200 }: { text: string; most?: number }) {
  return <bdi dir="auto">{shortened(text, most)}</bdi>;
}

const addresses = new WeakMap<Objects, Map<number, string>>();

/** Address of an object's picture; undefined if the page has none. */
function pictureOf(objects: Objects, i: number): string | undefined {
  const { offsets, bytes } = objects.pictures;
  if (!(offsets[i] < offsets[i + 1])) return undefined;
  const known = addresses.get(objects) ?? new Map<number, string>();
  addresses.set(objects, known);
  let address = known.get(i);
  if (address === undefined) {
    const picture = bytes.subarray(offsets[i], offsets[i + 1]);
    address = URL.createObjectURL(new Blob([picture], { type: 'image/webp' }));
    known.set(i, address);
  }
  return address;
}

/** An object's picture; nothing if the page has none. Its name stands beside it. */
export function Picture({ objects, i, side }: { objects: Objects; i: number; side: number }) {
  const address = pictureOf(objects, i);
  return address && <img src={address} alt="" width={side} height={side} />;
}

/** Picture and name of an object, and below it what else identifies it, and a note. */
export function ObjectName({ objects, i, note }: { objects: Objects; i: number; note?: string }) {
  const detail = detailOf(objects, i);
  return (
    <span class="object">
      <Picture objects={objects} i={i} side={32} />
      <Name text={nameOf(objects, i)} most={80} />
      {detail !== '' && (
        <small>
          <Name text={detail} most={80} />
        </small>
      )}
      {note !== undefined && <small>{note}</small>}
    </span>
  );
}
