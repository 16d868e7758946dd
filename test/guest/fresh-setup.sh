#!/usr/bin/env bash
# By hand, with a network: `make setup` on a fresh Debian 12 (debootstrap), first where a person's nginx serves port 80, then
# where there is none. The roots are thrown away; port 80 of this machine has to be free. Needs root; takes some minutes.
# Debian 12's own Node is too old, so this machine's node and npm are copied in, as a person would install them.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

listener() { ss -Hltn 'sport = :80' | grep -q .; }
((EUID == 0)) || { echo "needs root" >&2; exit 1; }
! listener || { echo "port 80 is in use on this machine" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "needs debootstrap: apt-get install debootstrap" >&2; exit 1; }

if [[ ${1:-} != inside ]]; then
  work=$(mktemp -d /var/tmp/portway-fresh.XXXXXX)
  trap 'rm -rf --one-file-system "$work"' EXIT
  debootstrap --variant=minbase --include=ca-certificates,make,iproute2,curl bookworm "$work/base" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }
  node=$(readlink -f "$(command -v node)") npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  install "$node" "$work/base/usr/local/bin/node"
  mkdir -p "$work/base/usr/local/lib/npm" "$work/base/opt/portway"
  cp -a "$npm/." "$work/base/usr/local/lib/npm/"
  ln -s ../lib/npm/bin/npm-cli.js "$work/base/usr/local/bin/npm"
  git archive HEAD | tar -x -C "$work/base/opt/portway"
  for case in theirs none; do
    mkdir "$work/$case"
    # Namespaces of its own: the processes, and all that is mounted, end with it.
    unshare --mount --pid --fork --kill-child "$0" inside "$work" "$case"
  done
  exit
fi

work=$2 case=$3 root=$2/$3/root
mount --make-rprivate /
mkdir -p "$work/$case"/{upper,layer,root}
mount -t overlay overlay -o "lowerdir=$work/base,upperdir=$work/$case/upper,workdir=$work/$case/layer" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind /sys "$root/sys"
for file in /etc/resolv.conf /etc/hosts; do cp -L "$file" "$root$file"; done
certificates= # of a registry that this machine reaches by an authority of its own
if [[ -n ${NODE_EXTRA_CA_CERTS:-} ]]; then
  certificates=NODE_EXTRA_CA_CERTS=/etc/extra-authorities.pem
  cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/extra-authorities.pem"
fi
run() { chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root $certificates bash -ec "$1"; }
fail() { echo "fresh setup, nginx $case: $1" >&2; exit 1; }
state() { run 'cat /run/nginx.pid; find /etc/nginx /var/www -type f -exec sha256sum {} + | sort; stat -c %Y /proc/$(cat /run/nginx.pid)'; }

if [[ $case == theirs ]]; then
  run 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q nginx && echo mine >/var/www/html/index.html' >/dev/null 2>&1
  run 'service nginx status >/dev/null || service nginx start' >/dev/null
  [[ $(run 'curl -s http://127.0.0.1/') == mine ]] || fail "the person's nginx does not serve in the first place"
  before=$(state)
fi
if [[ $case == none ]]; then
  # Killed with its apt-get, setup leaves a guard that blocks nothing; the next one takes it away.
  run 'cd /opt/portway && policy=/usr/sbin/policy-rc.d; scripts/setup >/dev/null 2>&1 &
    setup=$!
    until read -r _ _ apt _ < <(grep -s portway-setup "$policy"); do sleep 0.05; done
    "$policy" nginx start && exit 1
    kill -KILL $setup "$apt"; wait $setup || true
    while [[ -e /proc/$apt ]]; do sleep 0.05; done
    "$policy" nginx start' || fail "a killed setup keeps services from starting"
fi
time run 'cd /opt/portway && make setup'
if [[ $case == theirs ]]; then
  # The Lua module adds its own files to modules-enabled; nothing of the person's may differ.
  after=$(state)
  missing=$(comm -23 <(sort <<<"$before") <(sort <<<"$after"))
  [[ -z $missing ]] || fail "something of it changed: $missing"
  [[ $(run 'curl -s http://127.0.0.1/') == mine ]] || fail "it serves no more"
else
  ! listener || fail "port 80 is taken"
  [[ ! -e $root/etc/systemd/system/multi-user.target.wants/nginx.service ]] || fail "it would start at boot"
fi
[[ ! -e $root/usr/sbin/policy-rc.d ]] || fail "the guard stayed"
run 'cd /opt/portway && bin/portway version && make setup'
echo "fresh setup, nginx $case: as promised"
