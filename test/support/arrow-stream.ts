import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import {
  binary,
  type Column,
  columnFromArray,
  type DataType,
  fixedSizeList,
  float32,
  float64,
  largeList,
  list,
  type Table,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
} from '@uwdata/flechette';

export const program = join(resolve(import.meta.dirname, '../..'), 'dist/cli/main.js');

/** Ends a stream. */
export const END = Buffer.from('ffffffff00000000', 'hex');

type Rows = readonly (ArrayLike<number> | null)[];

/** The ways in which a column can hold vectors. */
export const STORAGES: Readonly<Record<string, (cols: number) => DataType>> = {
  'list of float': () => list(float32()),
  'large list of float': () => largeList(float32()),
  'fixed_size_list of float': (cols) => fixedSizeList(float32(), cols),
  'list of double': () => list(float64()),
  'fixed_size_list of double': (cols) => fixedSizeList(float64(), cols),
  binary: () => binary(),
};

export function vectorColumn(rows: Rows, type: DataType): Column<unknown> {
  const isBinary = type.typeId === binary().typeId;
  const values = isBinary ? rows.map((row) => row && new Uint8Array(Float32Array.from(row).buffer)) : rows;
  return columnFromArray(values as unknown[], type) as Column<unknown>;
}

/** A stream of tables of the same columns, one batch each, as flechette writes them; none for an empty table. */
export function arrowStream(...tables: readonly Readonly<Record<string, Column<unknown>>>[]): Buffer {
  const [first, ...others] = tables.map((columns) => {
    const bytes = tableToIPC(tableFromColumns(columns), { format: 'stream' });
    return Buffer.from(bytes ?? []);
  });
  const batches = others.flatMap((bytes) => messagesOf(bytes).slice(1));
  return Buffer.concat([first.subarray(0, -END.length), ...batches, END]);
}

/** The messages of a stream, without its end mark. */
export function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; bytes.readUInt32LE(at + 4) !== 0; ) {
    const head = 8 + bytes.readUInt32LE(at + 4);
    const end = at + head + bodyBytes(bytes.subarray(at + 8, at + head));
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return messages;
}

/** `bodyLength` of a message's flatbuffer. */
function bodyBytes(head: Buffer): number {
  const table = head.readUInt32LE(0);
  const fields = table - head.readInt32LE(table);
  const at = head.readUInt16LE(fields) > 10 ? head.readUInt16LE(fields + 10) : 0;
  return at === 0 ? 0 : Number(head.readBigInt64LE(table + at));
}

export interface Worked {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: Buffer;
  /** The result, if there is one. */
  readonly table: Table | undefined;
}

/** Runs `god worker` on bytes. */
export function godWorker(args: readonly string[], input: Uint8Array): Worked {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'worker', ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  return {
    code: status,
    stderr: stderr.toString(),
    stdout,
    table: status === 0 && stdout[0] === 0xff ? tableFromIPC(new Uint8Array(stdout)) : undefined,
  };
}
