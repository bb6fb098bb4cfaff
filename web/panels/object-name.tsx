import { detailOf, nameOf, type Objects } from '../data.ts';
import { shortened } from '../names.ts';

/** A stranger's text: as text, in its own writing direction. */
export function Name({ text, most = 200 }: { text: string; most?: number }) {
  return <bdi dir="auto">{shortened(text, most)}</bdi>;
}

/** Name of an object, and below it what else identifies it. */
export function ObjectName({ objects, i }: { objects: Objects; i: number }) {
  const detail = detailOf(objects, i);
  return (
    <span class="object">
      <Name text={nameOf(objects, i)} most={80} />
      {detail !== '' && (
        <small>
          <Name text={detail} most={80} />
        </small>
      )}
    </span>
  );
}
