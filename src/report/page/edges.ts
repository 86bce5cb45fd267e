/** Shows that a strip goes on beyond an edge of its window: the style sheet shades the edge. */
export function watchEdges(scroller: HTMLElement): void {
  const update = () => {
    const { scrollLeft, clientWidth, scrollWidth, parentElement } = scroller;
    parentElement!.classList.toggle("before", scrollLeft > 1);
    parentElement!.classList.toggle("after", scrollLeft + clientWidth < scrollWidth - 1);
  };
  scroller.addEventListener("scroll", update);
  new ResizeObserver(update).observe(scroller); // also when a folded film is opened
}
