/** What a receiver sees who follows a link in a mail: nothing of them, nothing from elsewhere, in the two languages of this program's users. */
const page = (body: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Unsubscribe · 退订</title>
<body>
${body}
</body>
</html>
`;

/** Looking at it changes nothing: mail scanners follow every link. */
export const question = page(`<p>Stop receiving messages like this one?</p>
<p lang="zh">不再接收此类消息？</p>
<form method="post"><button name="List-Unsubscribe" value="One-Click">Unsubscribe · 退订</button></form>`);

/** The same whether they had done it before or not. */
export const confirmation = page(`<p>Done: you will receive no more messages like this one.</p>
<p lang="zh">已退订，您将不再收到此类消息。</p>`);

export const nothingHere = page(`<p>This link is not complete or no longer valid. Please copy all of it.</p>
<p lang="zh">链接不完整或已失效，请复制完整链接。</p>`);
