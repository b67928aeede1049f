import { lineSplitter } from '../src/core/lines.ts';
for (const [name, text, n] of [['80-char lines', 'x'.repeat(79)+'\n', 1000], ['short lines','ab\n', 20000], ['progress \\r','\r 12% done', 8000], ['1 MB lines','y'.repeat(1_000_000)+'\n', 1]] as const) {
  const chunk = new TextEncoder().encode(text.repeat(n)); const s = lineSplitter(); let c=0, sent=0;
  const b=performance.now(); const u=process.cpuUsage().user;
  while (sent < 100_000_000) { for (let at=0; at<chunk.length; at+=65536) { c+=s.push(chunk.subarray(at, at+65536)).length; } sent+=chunk.length; }
  console.log(name, c, 'lines', (performance.now()-b).toFixed(0)+' ms wall', ((process.cpuUsage().user-u)/1000).toFixed(0)+' ms cpu', 'rss', (process.memoryUsage().rss/1e6).toFixed(0));
}
