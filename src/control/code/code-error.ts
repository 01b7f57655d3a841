// How code is refused: Lambda's words, then what is wrong with it.

import { invalidParameter } from '../protocol/lambda/exceptions.ts';

/** Of a zip file that is sent. */
export const zippedBytesMax = 50 * 1024 * 1024;
/** Of all files together. */
export const unzippedBytesMax = 250 * 1024 * 1024;

/** @param why - `"../x" leads out of its folder` */
export const codeRefused = (why: string) =>
  invalidParameter(
    `Could not unzip uploaded file. Please check your file, then try to upload again. (What is wrong with it: ${why}.)`,
  );

export const tooLarge = () =>
  invalidParameter(`Unzipped size must be smaller than ${unzippedBytesMax} bytes`);
