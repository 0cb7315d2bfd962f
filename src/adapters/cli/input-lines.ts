/**
 * Splits octets into lines, a list for each chunk, so that what was read together can be answered together. A line ends at LF or CR LF. Of a
 * line that is longer than `longest` only the beginning is kept, one octet too long: its reader refuses it, and no input fills the memory.
 * Octets become Latin-1 characters: a token is ASCII, and what is not stays foreign.
 */
export async function* inputLines(input: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string[]> {
  let open = '';
  for await (const chunk of input) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      lines.push(withoutCr(grown(open, chunk, start, end, longest)));
      open = '';
      start = end + 1;
    }
    open = grown(open, chunk, start, chunk.length, longest);
    if (lines.length > 0) yield lines;
  }
  if (open !== '') yield [withoutCr(open)];
}

function grown(open: string, chunk: Uint8Array, start: number, end: number, longest: number): string {
  const room = longest + 2 - open.length; // two more: a CR, and the octet that makes it too long
  if (room <= 0 || start === end) return open;
  return open + Buffer.from(chunk.buffer, chunk.byteOffset + start, Math.min(end - start, room)).toString('latin1');
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

const LF = 0x0a;
