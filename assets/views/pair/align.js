// Which pieces of two translations belong together.

/** Which pieces of two translations belong together: the fewest pieces replaced, left out or put in (Levenshtein).
 *  -> [[place in a or -1, place in b or -1], …] */
export function aligned(a, b) {
  const [n, m] = [a.length, b.length];
  const least = new Uint16Array((n + 1) * (m + 1)); // of what remains from i and j on
  const at = (i, j) => i * (m + 1) + j;
  for (let i = n; i >= 0; i--) {
    for (let j = m; j >= 0; j--) {
      if (i === n || j === m) least[at(i, j)] = n - i + m - j;
      else {
        const both = least[at(i + 1, j + 1)] + (a[i] === b[j] ? 0 : 1);
        least[at(i, j)] = Math.min(both, least[at(i + 1, j)] + 1, least[at(i, j + 1)] + 1);
      }
    }
  }
  const pairs = [];
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    const rest = least[at(i, j)];
    if (i < n && j < m && rest === least[at(i + 1, j + 1)] + (a[i] === b[j] ? 0 : 1)) pairs.push([i++, j++]);
    else if (i < n && rest === least[at(i + 1, j)] + 1) pairs.push([i++, -1]);
    else pairs.push([-1, j++]);
  }
  return pairs;
}
