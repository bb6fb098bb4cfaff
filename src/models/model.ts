import { readModelState } from './model-file.ts';
import { type Json, type ModelState, stateFromJson, stateToJson } from './model-state.ts';

/** A class that makes its models from a state. */
export interface ModelClass<T> {
  fromState(state: ModelState): T;
}

/** What all fitted models share: they can be saved as JSON, or as a file by {@link saveModel}, and loaded again. */
export abstract class Model {
  /** The model as named arrays and plain values, for `fromState` of its class. */
  abstract state(): ModelState;

  /** For JSON.stringify: the state with arrays of numbers. `fromJSON` of the class takes it back; only zeros lose their sign. */
  toJSON(): Json {
    return stateToJson(this.state());
  }

  /**
   * The model whose `toJSON` gave `json`, parsed.
   *
   * @throws TypeError when it is not the JSON of a model of this class.
   * @example
   * const pca = await PCA.fit([[0, 1], [2, 2], [4, 5]]);
   * const again = PCA.fromJSON(JSON.parse(JSON.stringify(pca)));
   */
  static fromJSON<T>(this: ModelClass<T>, json: unknown): T {
    // biome-ignore lint/complexity/noThisInStatic: a model of the class that was asked for, whichever it is
    return this.fromState(stateFromJson(json));
  }

  /**
   * The model that {@link saveModel} wrote into `file`.
   *
   * @throws DataError when the file is missing, damaged or not a model; TypeError when it holds a model of another class.
   * @example
   * const pca = await PCA.load('pca.safetensors');
   */
  static async load<T>(this: ModelClass<T>, file: string): Promise<T> {
    // biome-ignore lint/complexity/noThisInStatic: a model of the class that was asked for, whichever it is
    return this.fromState(await readModelState(file));
  }
}
