import type { Catalogue, Component } from "../contract/component.ts";
import barbican from "./barbican.ts";
import ceph from "./ceph/index.ts";
import chassis from "./chassis/index.ts";
import cinderBackup from "./cinder/backup/service.ts";
import cinder from "./cinder/index.ts";
import { lvmVolume, nfsVolume, rbdVolume } from "./cinder/volume.ts";
import etcd from "./etcd/index.ts";
import gateway from "./gateway.ts";
import glance from "./glance/index.ts";
import heat from "./heat.ts";
import horizon from "./horizon/index.ts";
import keystone from "./keystone/index.ts";
import libvirt from "./libvirt/index.ts";
import mariadb from "./mariadb/index.ts";
import memcached from "./memcached.ts";
import neutron from "./neutron/index.ts";
import metadataAgent from "./neutron/metadata-agent.ts";
import novaCell from "./nova/cell.ts";
import novaCompute from "./nova/compute.ts";
import nova from "./nova/index.ts";
import novncproxy from "./nova/novncproxy.ts";
import openvswitch from "./openvswitch/index.ts";
import ovn from "./ovn/index.ts";
import placement from "./placement.ts";
import rabbitmq from "./rabbitmq.ts";
import valkey from "./valkey/index.ts";

/** Every component that Overstack knows: a new one is a file and a line here. */
const components: readonly Component[] = [
  barbican,
  ceph,
  chassis,
  cinder,
  cinderBackup,
  lvmVolume,
  nfsVolume,
  rbdVolume,
  etcd,
  gateway,
  glance,
  heat,
  horizon,
  keystone,
  libvirt,
  mariadb,
  memcached,
  metadataAgent,
  neutron,
  nova,
  novaCell,
  novaCompute,
  novncproxy,
  openvswitch,
  ovn,
  placement,
  rabbitmq,
  valkey,
];

/** The catalogue, by name. */
export const catalogue: Catalogue = new Map(components.map((component) => [component.name, component]));
