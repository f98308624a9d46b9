/** A call that AWS refuses, with the answer that AWS sends. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** The error code on the wire, such as `AccessDenied`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Returns the body of an error of the Query protocol. Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
  xml(requestId: string): string {
    const body = `<Error><Type>Sender</Type><Code>${this.code}</Code><Message>${escapeXml(this.message)}</Message></Error>`;
    return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${body}<RequestId>${requestId}</RequestId></ErrorResponse>`;
  }
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
