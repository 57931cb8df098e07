// Draws numbers for questions, and says everything about each: [kind, numbers, axes, count] gives `count` of them.
async ([address, asked]) => {
  const { draw, fill, isPossible, valuesOf } = await import(address);
  const { default: texts } = await import(globalThis.textsAddress);
  return asked.map(([kind, numbers, axes, count]) => Array.from({ length: count }, (_, i) => {
    const drawn = i ? draw(kind, numbers, axes) : numbers;
    const values = valuesOf(kind, drawn, axes);
    const { question, why, hints, solution, mistakes } = texts[kind];
    const replies = Object.keys(mistakes).filter((name) => Object.hasOwn(values, name));
    const words = [question, why, ...hints, ...solution, ...replies.map((name) => mistakes[name])];
    return { drawn, values, replies, possible: isPossible(kind, drawn), words: words.map((text) => fill(text, values)) };
  }));
}
