// Whether a request asks for a WebSocket (RFC 6455, section 4.2.1). Its version is not looked at: who answers does that,
// with the 426 that names ours.

/** @param fields - flat list of lower-case names and values */
export function asksForWebSocket(fields: readonly string[]): boolean {
  let isUpgrade = false;
  let isConnection = false;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === 'upgrade') isUpgrade ||= hasWord(fields[i + 1]!, 'websocket');
    else if (fields[i] === 'connection') isConnection ||= hasWord(fields[i + 1]!, 'upgrade');
  }
  return isUpgrade && isConnection;
}

const hasWord = (list: string, word: string): boolean =>
  list.split(',').some((one) => one.trim().toLowerCase() === word);
