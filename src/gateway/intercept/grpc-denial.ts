import { type Denial, denialBody } from "../denial.ts";

/** The codes of gRPC by HTTP status; everything else is PERMISSION_DENIED. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  // INVALID_ARGUMENT
  400: 3,
  // FAILED_PRECONDITION
  421: 9,
  // UNAVAILABLE
  502: 14,
  503: 14,
};

const PERMISSION_DENIED = 7;

/** A denial as a client of gRPC reads it: headers that are the whole answer, the usual JSON as the message. */
export function grpcDenial(denied: Denial): readonly string[] {
  const status = String(GRPC_STATUS[denied.status] ?? PERMISSION_DENIED);
  return [
    ":status",
    "200",
    "content-type",
    "application/grpc",
    "grpc-status",
    status,
    "grpc-message",
    percentEncoded(denialBody(denied).trim()),
  ];
}

/** Printable ASCII but for `%`, as gRPC wants its messages. */
function percentEncoded(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
