/** The style of a film: the stage with the step at hand, the player, the strip. */
const css = String.raw;

export const filmStyle = css`
  .film {
    margin-top: 2rem;
    padding: clamp(1rem, 2.5vw, 2rem);
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 12px;
  }
  .fold > summary {
    margin-top: 1rem;
    padding: 0.75rem clamp(1rem, 2.5vw, 2rem);
    border: 1px solid var(--line);
    border-radius: 12px;
    cursor: pointer;
  }
  .film > header {
    display: grid;
    grid-template-columns: minmax(0, 25rem) minmax(0, 32rem);
    gap: 0.75rem 2rem;
    margin-bottom: 1.5rem;
  }
  .scores {
    display: grid;
    grid-template-columns: fit-content(60%) minmax(3rem, 1fr) max-content;
    gap: 0.2rem 0.75rem;
    align-items: center;
    margin: 0;
    padding: 0;
    font-size: 0.9rem;
    list-style: none;
  }
  .scores li {
    display: contents;
  }
  .caption {
    margin: 0 0 0.35rem;
    color: var(--quiet);
    font-size: 0.875rem;
  }
  * + .caption {
    margin-top: 1rem;
  }
  .scores i {
    height: 0.5rem;
    width: calc(100% * var(--share));
    min-width: 2px;
    border-radius: 2px;
    background: var(--model);
  }
  .scores b {
    font-weight: 400;
    text-align: right;
  }
  .stage {
    display: grid;
    grid-template-columns: minmax(0, 25rem) minmax(0, 1fr);
    gap: 1.5rem 2rem;
    align-items: start;
  }
  .screen {
    position: relative;
    aspect-ratio: 1;
    border-radius: 6px;
    overflow: hidden;
    background: var(--line);
  }
  .screen > * {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  img,
  canvas {
    display: block;
    width: 100%;
  }
  img.small,
  canvas {
    image-rendering: pixelated;
  }
  .overlay[hidden] {
    display: none;
  }
  .maps {
    display: grid;
    grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
    gap: 1rem clamp(0.6rem, 1.5vw, 1.4rem);
    align-items: end;
  }
  .maps canvas {
    border-radius: 4px;
    cursor: crosshair;
  }
  .maps figcaption {
    line-height: 1.3;
    margin-bottom: 0.35rem;
  }
  .gate {
    color: var(--ink);
    font:
      italic 600 1.15rem Georgia,
      "Liberation Serif",
      serif;
  }
  .scale {
    display: flex;
    align-items: center;
    gap: 0.4rem;
    margin-top: 0.4rem;
    color: var(--quiet);
    font-size: 0.75rem;
    line-height: 1;
    white-space: nowrap;
  }
  .scale::before,
  .scale::after {
    content: attr(data-low);
  }
  .scale::after {
    content: attr(data-high);
  }
  .scale span {
    flex: 1;
    height: 6px;
    border-radius: 3px;
    background: var(--sequential);
  }
  .scale.diverging span {
    background: var(--diverging);
  }
  .player {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    margin: 1.25rem 0 0.5rem;
    padding: 0.6rem 0;
    background: var(--card);
  }
  .player input {
    flex: 1 1 9rem;
    min-width: 0;
    accent-color: var(--accent);
  }
  button {
    min-width: 5.2rem;
    padding: 0.45rem 1rem;
    border: 0;
    border-radius: 999px;
    background: var(--ink);
    color: var(--paper);
    font: inherit;
    font-weight: 600;
    cursor: pointer;
  }
  .player output {
    min-width: 8.5em;
    font-size: 0.9rem;
  }
  fieldset {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4rem;
    margin: 0.75rem 0 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-bottom: 0.4rem;
    color: var(--quiet);
    font-size: 0.875rem;
  }
  .choice {
    position: relative;
    padding: 0.1rem 0.65rem;
    border: 1px solid var(--line);
    border-radius: 999px;
    font-size: 0.9rem;
    cursor: pointer;
  }
  .choice input {
    position: absolute;
    opacity: 0;
    inset: 0;
    margin: 0;
    cursor: pointer;
  }
  .choice:has(:checked) {
    border-color: var(--ink);
    background: var(--ink);
    color: var(--paper);
  }
  .filters {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(2.9rem, 1fr));
  }
  .choice.thumb {
    max-width: 4rem;
    padding: 3px 3px 0;
    border-radius: 6px;
    text-align: center;
    font-size: 0.75rem;
  }
  .thumb canvas {
    border-radius: 4px;
  }
  :focus-visible,
  .choice:has(:focus-visible) {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .scroller {
    margin-top: 1.25rem;
    overflow-x: auto;
    overscroll-behavior-x: contain;
  }
  .strip {
    --label: 2.1rem;
    position: relative;
    display: grid;
    grid-template-columns: var(--label) calc(var(--steps) * clamp(2rem, (100cqw - var(--label)) / var(--steps), 6rem));
    row-gap: 3px;
    width: max-content;
  }
  .film {
    container-type: inline-size;
  }
  .strip > .gate {
    position: sticky;
    left: 0;
    z-index: 2;
    display: flex;
    align-items: center;
    background: var(--card);
  }
  .track {
    position: relative;
    display: flex;
    cursor: pointer;
  }
  .track img {
    width: calc(100% / var(--steps));
    aspect-ratio: 1;
  }
  .track::after {
    content: "";
    position: absolute;
    inset: 0;
    pointer-events: none;
    background: repeating-linear-gradient(
      to right,
      transparent 0 calc(100% / var(--steps) - 2px),
      var(--card) calc(100% / var(--steps) - 2px) calc(100% / var(--steps))
    );
  }
  .cursor {
    position: absolute;
    z-index: 1;
    top: 0;
    bottom: 0;
    left: calc(var(--label) + (100% - var(--label)) * var(--step) / var(--steps) - 1px);
    width: calc((100% - var(--label)) / var(--steps));
    border: 2px solid var(--accent);
    border-radius: 3px;
    pointer-events: none;
  }
  .charts:empty {
    display: none;
  }
  .film .charts {
    margin-top: 2rem;
  }
  @media (max-width: 46rem) {
    .stage,
    .film > header {
      grid-template-columns: minmax(0, 1fr);
    }
    .maps figcaption {
      font-size: 0.8rem;
    }
    .player {
      position: sticky;
      z-index: 3;
      bottom: 0;
      gap: 0.2rem 0.9rem;
      border-top: 1px solid var(--line);
    }
  }
  @media print {
    .player,
    fieldset {
      display: none;
    }
  }
`;
