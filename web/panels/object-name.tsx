import { idOf, labelOf, type Objects } from '../data.ts';
import { shortened } from '../names.ts';

/** A stranger's text: as text, in its own writing direction. */
export function Name({ text, most = 200 }: { text: string; most?: number }) {
  return <bdi dir="auto">{shortened(text, most)}</bdi>;
}

/** Id and label of an object in one line. */
export function ObjectName({ objects, i }: { objects: Objects; i: number }) {
  const [id, label] = [idOf(objects, i), labelOf(objects, i)];
  return (
    <span class="object">
      <Name text={label || id} most={80} />
      {label !== '' && label !== id && (
        <small>
          <Name text={id} most={80} />
        </small>
      )}
    </span>
  );
}
