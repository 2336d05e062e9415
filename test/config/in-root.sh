#!/bin/sh
# Gives a program a container's files: those below $1/files lie over the machine's own, or over those of the image that $1/image names, for it
# and its children alone. Where $1/writable lists folders, it can write there and nowhere else.
# Without a program it prepares $1/all and leaves the rest to who called it. Needs root and a mount namespace of its own.
set -e
root=$1
shift
mkdir -p "$root/all"
# Not on the machine's disk: a file system cannot lie over itself.
mount -t tmpfs none "$root/all"
mkdir "$root/all/work" "$root/all/merged"
cp -a "$root/files" "$root/all/upper"
lower=/
[ ! -f "$root/image" ] || lower=$(cat "$root/image")
mount -t overlay none -o "lowerdir=$lower,upperdir=$root/all/upper,workdir=$root/all/work" "$root/all/merged"
for folder in dev proc sys tmp; do mount --rbind "/$folder" "$root/all/merged/$folder"; done
[ ! -f "$root/writable" ] || while read -r folder; do mount --bind "$root/all/upper$folder" "$root/all/merged$folder"; done < "$root/writable"
# What the containers of a pod share lies outside: they come and go. What is mounted below comes along, as in a pod.
[ ! -f "$root/shared" ] || while read -r from to; do mount --rbind "$from" "$root/all/merged$to"; done < "$root/shared"
[ ! -f "$root/writable" ] || mount -o remount,bind,ro "$root/all/merged"
[ $# -eq 0 ] || exec chroot "$root/all/merged" "$@"
