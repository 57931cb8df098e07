// Calls a function of the figures' arithmetic by its name, with an object of settings.
async ([address, name, settings]) => {
  const arithmetic = await import(address);
  const run = {
    conv2d: ({ input, weight, bias, ...settings }) => arithmetic.conv2d(input, weight, bias, settings),
    convolve: ({ input, weight, ...settings }) => arithmetic.convolve(input[0], weight[0][0], { ...settings, flip: true }),
    maxPool: ({ input, kernel, ...settings }) => arithmetic.maxPool(input[0], kernel, settings),
    averagePool: ({ input, kernel, ...settings }) => arithmetic.averagePool(input[0], kernel, settings),
    maxBackward: ({ input, kernel, gradients, ...settings }) => (
      arithmetic.poolBackward("max", input[0], kernel, gradients, settings)),
    averageBackward: ({ input, kernel, gradients, ...settings }) => (
      arithmetic.poolBackward("average", input[0], kernel, gradients, settings)),
    timesRead: ({ size, kernel, ...settings }) => arithmetic.axes(size, kernel, settings).map(arithmetic.timesRead),
    axis: ({ input, kernel, ...settings }) => arithmetic.axis(input, kernel, settings),
    photo: ({ input, weight, ...settings }) => {
      const size = [input[0].length, input[0][0].length];
      const planes = input.map((plane) => Float64Array.from(plane.flat()));
      const kernels = weight[0].map((kernel) => Float64Array.from(kernel.flat()));
      const shape = [weight[0][0].length, weight[0][0][0].length];
      const { data, height, width } = arithmetic.correlatePhoto(planes, size, kernels, shape, settings);
      return { data: [...data], height, width };
    },
    fields: ({ layers }) => arithmetic.receptiveFields(layers),
    count: ({ input, layers, rounding }) => arithmetic.countLayers(input, layers, rounding),
    mix: ({ pixels, weights, biases }) => [...arithmetic.mixChannels(Uint8ClampedArray.from(pixels), weights, biases)],
  };
  return run[name](settings);
}
