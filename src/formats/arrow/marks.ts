/** The first bytes of a file in the file format, with two bytes to the next multiple of eight. */
export const ARROW_MARK = Buffer.from('ARROW1\0\0', 'latin1');

/** Ends the messages. */
export const END_OF_STREAM = Buffer.from('ffffffff00000000', 'hex');

/** Most bytes of a message's head. */
export const MAX_HEAD = 64 << 20;
/** Most bytes of a batch's columns. */
export const MAX_BODY = 0x7fffffff;
