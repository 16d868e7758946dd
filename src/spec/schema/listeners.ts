// listeners: ports whose bytes pass to a service as they are, TCP or TLS.
import { prefixList } from "../addresses.ts";
import { addFault, flag, integer, list, mapping, parsed, port } from "../fields.ts";
import { Fault } from "../issue.ts";
import { checkHostPattern } from "../matching.ts";
import { name } from "../names.ts";
import { duration } from "../quantities.ts";

const serverName = parsed({ description: "A name or *.example.com.", hint: "write a host name" }, (text) =>
  text === "*"
    ? new Fault("invalidHost", '"*" is every name', "give the listener a `service` instead, which takes all")
    : checkHostPattern(text),
);

const byServerName = mapping(
  {
    names: list(
      serverName,
      { description: "Names that clients ask for (SNI).", hint: "write a list: [db.example.com]" },
      { min: 1, max: 1_000 },
    ),
    service: name("The service that these names go to."),
  },
  "Names and where they go.",
  "write { names: [db.example.com], service: db }",
);

const timeouts = mapping(
  {
    connect: duration("To connect to a target.", "10ms", "1m").prefault("2s"),
    idle: duration("Without a byte in either direction.", "1s", "7d").prefault("1h"),
  },
  "How long a connection may wait.",
);

const listener = mapping(
  {
    name: name("The listener's name."),
    port: port("TCP port on every edge host."),
    service: name("The service that every connection goes to.").optional(),
    sni: list(
      byServerName,
      { description: "TLS that is passed on unopened, by the name that clients ask for.", hint: "write a list" },
      { min: 1, max: 1_000 },
    ).optional(),
    ipAllow: prefixList({ description: "Who may connect; everyone unless told.", hint: "write a list" }, 1).optional(),
    connections: integer(1, 1_000_000, "Connections at a time on an edge.").prefault(10_000),
    connectionsPerClient: integer(1, 1_000_000, "Connections at a time of one address; 100 unless told.").optional(),
    timeouts: timeouts.prefault({}),
    proxyProtocol: flag("Whether targets are told the client's address by the PROXY protocol, version 1.").prefault(
      false,
    ),
  },
  "A port whose bytes go to a service as they are.",
  "write { name: postgres, port: 5432, service: db }",
).superRefine(({ service, sni, connections, connectionsPerClient }, context) => {
  const fault = (code: string, message: string, hint: string, key: string) =>
    addFault(context, new Fault(code, message, hint), [key]);
  if (service !== undefined && sni)
    fault("contradiction", "a listener has service or sni, not both", "take one out", "sni");
  if (service === undefined && !sni)
    fault("missing", "service is missing", "write service: NAME, or sni with a list of names", "service");
  if (connectionsPerClient !== undefined && connectionsPerClient > connections)
    fault("contradiction", "one address may have more than all together", "write fewer", "connectionsPerClient");
});

export const listenersSchema = list(listener, {
  description: "Ports whose bytes go to a service as they are: TCP, and TLS by the name that clients ask for.",
  hint: "write a list such as [{ name: postgres, port: 5432, service: db }]",
});
