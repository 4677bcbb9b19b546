// What else the issue holds: its metadata, and what other tools have written.

import type { VNode } from 'preact';
import { useShared } from './context';

export function Others(): VNode | null {
  const { details, texts } = useShared();
  if (details.others.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="others-heading">
      <h2 id="others-heading">{texts.others}</h2>
      <dl class="others">
        {details.others.map((one) => (
          <div key={one.name}>
            <dt dir="auto">{one.name}</dt>
            <dd dir="auto">{one.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
