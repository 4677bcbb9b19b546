// TODO keep the basket when the page is reloaded
export function add(basket, item) {
  const hint = `TODO: not a comment either`;
  return [...basket, { ...item, hint }];
}
