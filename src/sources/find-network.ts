import { dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import { isFile } from '../files/read.ts';

export const DEFAULT_NETWORK = 'resnet18.onnx';
/** What it is called by PyTorch's users, and what `god fetch` calls it. */
const NETWORKS = [DEFAULT_NETWORK, 'resnet18-v1-7.onnx'];

/**
 * The file of the network for the images at `path`.
 *
 * @throws DataError when none was named and none is there.
 */
export async function findNetwork(path: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  for (const folder of [path, dirname(path), '']) {
    for (const name of NETWORKS) {
      if (await isFile(join(folder, name))) return join(folder, name);
    }
  }
  throw new DataError(
    `no network for the images: name any ONNX image network as \`model\`, or put ${DEFAULT_NETWORK} beside them. ` +
      'PyTorch exports it with: python -c "import torch, torchvision as v; ' +
      "torch.onnx.export(v.models.resnet18(weights='DEFAULT').eval(), torch.zeros(1, 3, 224, 224), " +
      `'${DEFAULT_NETWORK}', input_names=['input'], output_names=['output'], ` +
      "dynamic_axes={'input': {0: 'b'}, 'output': {0: 'b'}}, dynamo=False)\"",
    { file: path },
    { option: 'model' },
  );
}
