// The installation on one page: warnings first, then hosts, edges, routes and the latest changes.
import type { AuditEntry } from "../wire/audit.ts";
import { type DrainView, drainName, drainStateText, leftText } from "../wire/drains.ts";
import { breakersOpen, targetsOut } from "../wire/edge-text.ts";
import type { HostDetail } from "../wire/hosts.ts";
import { type Warning, warningKey } from "../wire/warnings.ts";
import { Prose } from "./prose.tsx";
import type { Overview } from "./refresh.ts";
import { hostRow, moment, routeRow, subjectOf } from "./rows.ts";

interface Props {
  readonly overview: Overview | undefined;
  readonly problem: string | undefined;
  readonly onSignOut: () => void;
}

export function OverviewPage({ overview, problem, onSignOut }: Props) {
  return (
    <>
      <header>
        <h1>Portway</h1>
        {overview && (
          <span>
            network <strong>{overview.status.network || "–"}</strong>, revision {overview.status.revision}
          </span>
        )}
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <main>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}; what you see may be old
          </p>
        )}
        {overview ? (
          <>
            <Warnings warnings={overview.status.warnings} />
            <Hosts hosts={overview.status.hosts} />
            <Edges hosts={overview.status.hosts} />
            <Routes overview={overview} />
            <Drains drains={overview.status.drains} />
            <Changes entries={overview.audit.entries} />
          </>
        ) : (
          problem === undefined && <p className="hint">Reading…</p>
        )}
      </main>
    </>
  );
}

function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return <p className="fine">Nothing needs attention.</p>;
  return (
    <ul className="warnings">
      {warnings.map((warning) => (
        <li key={warningKey(warning)} className={warning.severity}>
          {subjectOf(warning) && <strong>{subjectOf(warning)}: </strong>}
          <Prose text={warning.text} />
          <small>
            <Prose text={warning.hint} />
          </small>
        </li>
      ))}
    </ul>
  );
}

const stateText = {
  online: "online",
  offline: "offline",
  noPeers: "no peers",
  waiting: "waits for approval",
  notJoined: "not joined",
};

function Hosts({ hosts }: { hosts: readonly HostDetail[] }) {
  const rows = hosts.map(hostRow);
  return (
    <Table title="Hosts" heads={["Host", "Address", "State", "Roles, tags", "Peers", "Path", "Round trip"]}>
      {rows.map((row) => (
        <tr key={row.name}>
          <th scope="row">{row.name}</th>
          <td className="number">{row.address}</td>
          <td className={row.state}>{stateText[row.state]}</td>
          <td>{row.kind}</td>
          <td>{row.peers}</td>
          <td>{row.path}</td>
          <td className="number">{row.roundTrip}</td>
        </tr>
      ))}
    </Table>
  );
}

function Edges({ hosts }: { hosts: readonly HostDetail[] }) {
  const edges = hosts.flatMap((host) => (host.edge ? [{ name: host.name, ...host.edge }] : []));
  if (edges.length === 0) return null;
  return (
    <Table
      title="Edges"
      heads={["Edge", "nginx", "Requests/s", "Errors/s", "Revision", "Targets out", "Breakers open"]}
    >
      {edges.map((edge) => (
        <tr key={edge.name}>
          <th scope="row">{edge.name}</th>
          <td className={edge.nginx.running ? "online" : "offline"}>
            {edge.nginx.running ? `${edge.nginx.workers} workers` : "down"}
          </td>
          <td className="number">{edge.requestsPerSecond.toFixed(1)}</td>
          <td className="number">{edge.errorsPerSecond.toFixed(1)}</td>
          <td className="number">{edge.revision}</td>
          <td>{targetsOut(edge).join(", ") || "–"}</td>
          <td>{breakersOpen(edge).join(", ") || "–"}</td>
        </tr>
      ))}
    </Table>
  );
}

function Routes({ overview: { routes, status, top } }: { overview: Overview }) {
  if (routes.routes.length === 0) return null;
  const rows = routes.routes.map((route) => routeRow(route, status.hosts, top));
  return (
    <Table
      title="Routes"
      heads={["Route", "Takes", "Methods", "Goes to", "Targets in use", "Requests/s", "Errors/s", "p99", "Plugins"]}
    >
      {rows.map((row) => (
        <tr key={row.name}>
          <th scope="row">{row.name}</th>
          <td>
            {row.takes.map((one) => (
              <div key={one}>{one}</div>
            ))}
          </td>
          <td>{row.methods}</td>
          <td>{row.destination}</td>
          <td className={row.isShort ? "warning" : ""}>{row.targets}</td>
          <td className="number">{row.requests}</td>
          <td className="number">{row.errors}</td>
          <td className="number">{row.p99}</td>
          <td>{row.plugins}</td>
        </tr>
      ))}
    </Table>
  );
}

function Drains({ drains }: { drains: readonly DrainView[] }) {
  if (drains.length === 0) return null;
  return (
    <Table title="Drains" heads={["Drain", "State", "Left", "Ended at the latest", "By"]}>
      {drains.map((drain) => (
        <tr key={drainName(drain)}>
          <th scope="row">{drainName(drain)}</th>
          <td>{drainStateText(drain)}</td>
          <td>{leftText(drain.left)}</td>
          <td className="number">
            <time dateTime={drain.endsAt}>{moment(drain.endsAt)}</time>
          </td>
          <td>{drain.by}</td>
        </tr>
      ))}
    </Table>
  );
}

function Changes({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Table title="Latest changes" heads={["Time", "Author", "Action", "Subject"]}>
      {entries.map((entry) => (
        <tr key={entry.sequence}>
          <td className="number">
            <time dateTime={entry.at}>{moment(entry.at)}</time>
          </td>
          <td>{entry.author}</td>
          <td>{entry.action}</td>
          <td>{entry.subject}</td>
        </tr>
      ))}
    </Table>
  );
}

function Table({ title, heads, children }: { title: string; heads: readonly string[]; children: React.ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </section>
  );
}
