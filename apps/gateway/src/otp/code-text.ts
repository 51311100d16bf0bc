import type { NeutralContent } from '@posthorn/core';

interface Wording {
  readonly title: string;
  text(code: string, validity: string): string;
  validity(amount: number, unit: 'minute' | 'second'): string;
}

const english: Wording = {
  title: 'Your code',
  text: (code, validity) => `Your code is ${code}. It is valid for ${validity}. Never share it.`,
  validity: (amount, unit) => `${amount} ${unit}${amount === 1 ? '' : 's'}`,
};
const wordings: Readonly<Record<string, Wording>> = {
  en: english,
  zh: {
    title: '验证码',
    text: (code, validity) => `您的验证码是${code}，${validity}内有效，请勿告诉他人。`,
    validity: (amount, unit) => `${amount}${unit === 'minute' ? '分钟' : '秒'}`,
  },
};

/** What a message with a code says; `locale` is a BCP 47 tag, and of a language that is not here it is English. */
export function codeText(
  code: string,
  ttlMs: number,
  locale: string,
): Required<Pick<NeutralContent, 'title' | 'body'>> {
  const [language = ''] = locale.toLowerCase().split('-');
  const wording = Object.hasOwn(wordings, language) ? (wordings[language] ?? english) : english;
  const seconds = Math.floor(ttlMs / 1_000);
  const validity = seconds % 60 === 0 ? wording.validity(seconds / 60, 'minute') : wording.validity(seconds, 'second');
  return { title: wording.title, body: wording.text(code, validity) };
}
