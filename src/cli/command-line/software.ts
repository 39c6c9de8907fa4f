/**
 * What this program is called, and which version it is: the one place that reads it from the package's file.
 */
import packageFile from "../../../package.json" with { type: "json" };

export const softwareVersion: string = packageFile.version;

/** As it is told to others: in VERSION, in the welcome. */
export const softwareName: string = `authchat-${softwareVersion}`;
