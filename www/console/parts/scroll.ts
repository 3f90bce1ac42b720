/** Scrolls `box` alone, and no further than it takes to see `element` in it: the page around stays where it is. */
export function scrollWithin(box: Element | null, element: Element | null): void {
  if (box === null || element === null) return;
  const outer = box.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}
