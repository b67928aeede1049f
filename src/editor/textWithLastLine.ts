/** A text whose last line can be replaced without copying the text before it. */
export class TextWithLastLine {
  #lines = '';
  #last = '';

  get text(): string {
    return this.#lines + this.#last;
  }

  get length(): number {
    return this.#lines.length + this.#last.length;
  }

  append(text: string): void {
    const begin = text.lastIndexOf('\n') + 1;
    if (begin > 0) {
      this.#lines += this.#last + text.slice(0, begin);
      this.#last = text.slice(begin);
    } else this.#last += text;
  }

  replaceAll(text: string): void {
    this.#lines = '';
    this.#last = '';
    this.append(text);
  }

  /** Removes characters from the end, all within the last line, and appends text. */
  replaceEnd(chars: number, text: string): void {
    this.#last = this.#last.slice(0, Math.max(0, this.#last.length - chars));
    this.append(text);
  }
}
