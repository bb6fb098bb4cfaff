import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { penultimate, readOnnx, readOnnxGraph, withOutput } from '../../src/formats/onnx.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { realData, testOnRealData } from '../support/real-data.ts';

test('nodes and outputs of a graph are read', () => {
  const { outputs, producers } = readOnnxGraph(tinyClassifier(), 'x');
  expect(outputs).toEqual(['classes']);
  expect(producers.get('classes')).toEqual({
    operator: 'Gemm',
    inputs: ['features', 'weights'],
    outputs: ['classes'],
  });
});

test('the layer before the classes is found', () => {
  expect(penultimate(readOnnxGraph(tinyClassifier(), 'x'))).toBe('features');
  const node = (operator: string, inputs: string[], output: string) =>
    [output, { operator, inputs, outputs: [output] }] as const;
  const behindBias = new Map([
    node('GlobalAveragePool', ['image'], 'pooled'),
    node('MatMul', ['pooled', 'w'], 'product'),
    node('Add', ['bias', 'product'], 'logits'),
    node('Softmax', ['logits'], 'p'),
  ]);
  expect(penultimate({ outputs: ['p'], producers: behindBias })).toBe('pooled');
  expect(penultimate({ outputs: ['pooled'], producers: behindBias })).toBeUndefined();
  const circle = new Map([node('Identity', ['a'], 'a')]);
  expect(penultimate({ outputs: ['a'], producers: circle })).toBeUndefined();
});

test('any tensor of the graph can be made an output of onnxruntime', async () => {
  const session = await InferenceSession.create(withOutput(tinyClassifier(), 'map'), { logSeverityLevel: 3 });
  const input = new Tensor('float32', new Float32Array(3 * 64).fill(-0.25), [1, 3, 8, 8]);
  const { map, classes } = await session.run({ input });
  expect(map.dims).toEqual([1, 3, 8, 8]);
  // max(0, 2 * -0.25 + 1) everywhere; the classes are sums of (1, 3, 5) and (2, 4, 6) times that.
  expect(new Set(map.data as Float32Array)).toEqual(new Set([0.5]));
  expect([...(classes.data as Float32Array)]).toEqual([4.5, 6]);
  await session.release();
});

test('a file that is not a model is refused', () => {
  expect(() => readOnnxGraph(Buffer.from('no model at all'), 'x.onnx')).toThrow(
    'x.onnx: is not an ONNX model',
  );
  expect(() => readOnnxGraph(new Uint8Array(0), 'x.onnx')).toThrow(
    'x.onnx: is not an ONNX model (it has no outputs)',
  );
});

test('damaged models end in DataError', async () => {
  const { refused } = await fuzzParser([tinyClassifier()], async (bytes) => readOnnxGraph(bytes, 'x.onnx'));
  expect(refused).toBeGreaterThan(100);
});

const network = 'image/mobilenetv2_int8_features.onnx';

testOnRealData('the outputs of a real network are read', [network], async () => {
  const { outputs } = readOnnxGraph(await readOnnx(realData(network)), network);
  expect(outputs).toEqual(['output', '/GlobalAveragePool_output_0']);
});
