/** What a run came to, by names. */
export type Figures = (name: string) => number;

export function readFigures(line: string): Figures {
  const figures: unknown = JSON.parse(line);
  return (name) => {
    const value: unknown = typeof figures === "object" && figures !== null ? Reflect.get(figures, name) : undefined;
    if (typeof value !== "number") throw new Error(`there is no ${name} in ${line}`);
    return value;
  };
}

export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
