#!/usr/bin/env bash
# Makes test/guest/cache from Debian packages: kernel, its modules, a first file system for the boot, and what the guest needs
# that this machine lacks (such as systemd, which is unpacked for the guest alone). Needs root; quick when all is there.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

here=$PWD cache=$PWD/cache new=$PWD/cache.new
exec 9>/run/lock/portway-guest
flock 9
[[ ! -e $cache/done || init -nt $cache/done || prepare.sh -nt $cache/done ]] || exit 0
rm -rf "$new"
mkdir -p "$new"/{archives/partial,unpacked,packages,boot/{bin,modules}}
kernel=$(apt-cache depends linux-image-cloud-"$(dpkg --print-architecture)" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n1)
unpack() { for archive in "$1"/*.deb; do [[ ! -e $archive ]] || dpkg-deb -x "$archive" "$2"; done; }

# `install --download-only` finds out what is missing, with what that depends on, and changes nothing.
apt-get install -y -q --download-only --no-upgrade --no-install-recommends -o Dir::Cache::archives="$new/archives" systemd kmod iputils-ping
unpack "$new/archives" "$new/packages"
mkdir "$new/kernel" && (cd "$new/kernel" && apt-get download -q -o APT::Sandbox::User=root "$kernel" busybox-static)
unpack "$new/kernel" "$new/unpacked"

version=$(ls "$new/unpacked/lib/modules")
depmod -b "$new/unpacked" "$version"
mv "$new/unpacked/lib/modules" "$new/modules"
mv "$new/unpacked/boot/vmlinuz-$version" "$new/vmlinuz"
mkdir -p "$new/unpacked/lib" && ln -s "$new/modules" "$new/unpacked/lib/modules"
cp "$new/unpacked/bin/busybox" "$new/boot/bin/"
modprobe -d "$new/unpacked" -S "$version" -a --show-depends virtio_pci virtiofs overlay virtio_console virtio_blk virtio_net ext4 |
  awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
  cp "$module" "$new/boot/modules/"
  basename "$module"
done >"$new/boot/order"
install -m 755 "$here/init" "$new/boot/init"
(cd "$new/boot" && find . | cpio -o -H newc --quiet | gzip -1 >"$new/initrd")
rm -rf "$new"/{archives,unpacked,kernel,boot}
touch "$new/done"
rm -rf "$cache"
mv "$new" "$cache"
