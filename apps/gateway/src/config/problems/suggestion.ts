import { distance } from 'fastest-levenshtein';

/** The candidate that `word` is most likely a misspelling of; null when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  // A request for plain letters: `access_key_id` and `accessKeyID` are both one habit away from `accessKeyId`.
  const folded = fold(word);
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.ceil(folded.length / 2)) + 1;
  for (const candidate of candidates) {
    const apart = distance(folded, fold(candidate));
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}

/** `: did you mean "aliyun"?`, else what there is to choose from; ready to stand at the end of a sentence. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const guess = nearest(word, candidates);
  if (guess !== null) return `: did you mean "${guess}"?`;
  return candidates.length === 0 ? '' : `; there is ${candidates.join(', ')}`;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}
