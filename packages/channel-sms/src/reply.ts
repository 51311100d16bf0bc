/**
 * Replies by which a person asks to get no more advertising: the words that carriers and vendors tell people to send
 * (TD, T, R and 退订 in mainland China, STOP and its kin elsewhere). The whole text must be the word: who asks about
 * a T-shirt has not unsubscribed.
 */
const unsubscribing = new Set([
  ...['TD', 'T', 'R', 'N', '退订', '取消订阅', '拒收', '退訂', '取消訂閱'],
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE'],
]);
/** And those by which they want it again. */
const resubscribing = new Set(['START', 'UNSTOP', 'OPTIN', 'SUBSCRIBE', '订阅', '恢复订阅', '重新订阅']);
/** `回复TD退订`, as the message said it: people send it back as it is. */
const quoted = /^(?:请?回复?)?(?:(?:TD|T|R|N)?(?:退订|拒收)(?:回复?)?(?:TD|T|R|N)?)$/;
/** Punctuation, quotation marks, brackets, spaces and what cannot be seen mean nothing here. */
const meaningless = /[\p{P}\p{Z}\p{C}\p{S}]+/gu;
/** No wish is longer; what is has something else to say. */
const longestWish = 40;

/** What a reply asks for. Full-width letters, small ones, and whatever stands around the word are the same. */
export function readSmsReply(text: string): 'unsubscribe' | 'resubscribe' | null {
  if (text.length > longestWish) return null;
  const word = text.normalize('NFKC').replaceAll(meaningless, '').toUpperCase();
  if (unsubscribing.has(word) || quoted.test(word)) return 'unsubscribe';
  return resubscribing.has(word) ? 'resubscribe' : null;
}
