/**
 * How the other servers are set up to be measured: as fast as they can be, with the same things switched off as in ours.
 */
import { join } from "node:path";
import { type RivalPorts } from "./contenders.ts";

export function ngircdSettings({ plain, tls }: RivalPorts, folder: string): string {
  return `
[Global]
Name = bench.example
Info = bench
Listen = 127.0.0.1
Ports = ${plain}
AdminInfo1 = bench
AdminEMail = bench@example.org
[Limits]
ConnectRetry = 60
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 100
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
CloakHost = bench
[SSL]
CertFile = ${join(folder, "cert.pem")}
KeyFile = ${join(folder, "key.pem")}
Ports = ${tls}
`;
}

export function inspircdSettings({ plain, tls }: RivalPorts, folder: string): string {
  const modules = ["cap", "ircv3", "ircv3_servertime", "ircv3_msgid", "ircv3_accounttag"];
  const others = ["ircv3_ctctags", "ircv3_echomessage", "services_account", "ssl_gnutls"];
  const loaded = [...modules, ...others].map((name) => `<module name="${name}">`).join("\n");
  return `
<server name="bench.example" description="bench" network="Bench" id="001">
<admin name="bench" nick="bench" email="bench@example.org">
<bind address="127.0.0.1" port="${plain}" type="clients">
<bind address="127.0.0.1" port="${tls}" type="clients" sslprofile="bench">
<sslprofile name="bench" provider="gnutls" certfile="${join(folder, "cert.pem")}"
  keyfile="${join(folder, "key.pem")}" priority="NORMAL">
<connect name="all" allow="*" timeout="120" pingfreq="3600" hardsendq="64M" softsendq="64M"
  recvq="1M" threshold="100000" commandrate="100000000" fakelag="no" localmax="30000"
  globalmax="30000" maxconnwarn="no" maxchans="100" resolvehostnames="no" useident="no">
<performance netbuffersize="10240" somaxconn="1024" softlimit="30000" quietbursts="yes">
<options defaultmodes="n" prefixquit="" maskinlist="no" maskintopic="no">
<limits maxnick="31" maxchan="64">
<dns server="127.0.0.1" timeout="1">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="${join(folder, "log")}">
<security maxtargets="20">
${loaded}
`;
}
