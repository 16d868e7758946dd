#!/bin/bash
# In the guest: runs each script that comes in by the serial port, and answers with exit status, output and errors.
#   in:  base64(script)                                out: "ready", then STATUS base64(stdout) base64(stderr)
PATH=/opt/portway/bin:/opt/portway/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 3<>"$(echo /dev/vport*p1)"
echo ready >&3
while read -r line <&3; do
  base64 -d <<<"$line" >/run/guest/script
  bash /run/guest/script </dev/null >/run/guest/out 2>/run/guest/err 3>&-
  echo "$? $(base64 -w0 /run/guest/out) $(base64 -w0 /run/guest/err)" >&3
done
