export { DataError, MissingDependencyError, NativeLoadError } from './errors.ts';
export { type Matrix, type MatrixLike, matrix } from './matrix.ts';
