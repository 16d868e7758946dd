// services.*.tls: how targets prove who they are, and how the edge does.
import { isDnsName } from "../../net/dns-name.ts";
import { addFault, filePath, flag, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";

const nameHint = "write the DNS name that the targets' certificates hold, such as orders.internal";

const name = parsed(
  { description: "The name that is sent (SNI), and that the targets' certificates must hold.", hint: nameHint },
  (text) => {
    const lower = text.toLowerCase();
    return isDnsName(lower) ? lower : new Fault("invalidName", `${quote(text)} is not a DNS name`, nameHint);
  },
);

export const serviceTls = mapping(
  {
    name: name.optional(),
    authorities: filePath("PEM certificates on the edge that sign the targets'; the system's unless told.").optional(),
    verify: flag("Whether the targets' certificates are verified.").prefault(true),
    certificate: filePath("The edge's own certificate for these targets, a PEM chain on the edge.").optional(),
    key: filePath("The key of `certificate`.").optional(),
  },
  "TLS to the targets.",
  "write { name: orders.internal }",
).superRefine(({ authorities, verify, certificate, key }, context) => {
  const fault = (code: string, message: string, hint: string, key: string) =>
    addFault(context, new Fault(code, message, hint), [key]);
  if (!verify && authorities !== undefined)
    fault("contradiction", "authorities have no use with verify: false", "take one of them out", "authorities");
  if (certificate !== undefined && key === undefined)
    fault("missing", "key is missing", "write the file of the certificate's key", "key");
  if (key !== undefined && certificate === undefined)
    fault("missing", "certificate is missing", "write the file of the key's certificate", "certificate");
});
