/** What waits for the end of its message leaves when the program exits in the meantime: in node:http it would have left before. */
import process from 'node:process';

interface Late {
  beOvertaken(): void;
}

const late = new Set<Late>();
let isListening = false;

/** Until `forgetAtExit`. */
export function sendAtExit(writer: Late): void {
  late.add(writer);
  if (isListening) return;
  isListening = true;
  process.on('exit', sendLate);
}

export function forgetAtExit(writer: Late): void {
  late.delete(writer);
}

function sendLate(): void {
  for (const writer of late) writer.beOvertaken();
}
