import { types } from 'node:util';
import { DataError } from '../errors.ts';

const errnoText = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'is a folder, expected a file'],
  ['ENOTDIR', 'is not a folder'],
]);

/** The error as a DataError that names the file. A DataError keeps its place. */
export function asDataError(error: unknown, file: string): Error {
  if (error instanceof DataError) {
    if (error.file !== undefined) return error;
    const { problem, offset, line } = error;
    return new DataError(problem, { file, offset, line }, { cause: error });
  }
  const known = isErrno(error) ? errnoText.get(error.code ?? '') : undefined;
  return new DataError(known ?? messageOf(error), { file }, { cause: error });
}

/** Whether an error is one of the file system, such as EIO. */
export function isFileSystemError(error: unknown): boolean {
  return isErrno(error) && /^E(?!RR_)[A-Z0-9]+$/.test(String(error.code));
}

export function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'code' in error;
}

export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
