/** An event that this version cannot read. */
export class CodecError extends Error {
  constructor(
    readonly code: 'unknown_format' | 'unknown_type' | 'newer_version' | 'truncated',
    message: string,
  ) {
    super(message);
    this.name = 'CodecError';
  }
}
