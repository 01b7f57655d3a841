/** An answer that is no JSON: GetExport, GetSdk. */
export class FileAnswer {
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly body: Uint8Array;

  constructor(contentType: string, contentDisposition: string, body: Uint8Array) {
    this.contentType = contentType;
    this.contentDisposition = contentDisposition;
    this.body = body;
  }
}
