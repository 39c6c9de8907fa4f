/** WHO and WHOX: who is in a channel, or goes by a nick or mask. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("WHO of a channel tells its members: here or gone, operator, rank", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.operatorSays("role ann operator");
  bob.drops();
  ann.sends("WHO #Room");
  expect(ann.sees()).toEqual([
    ":server 352 ann #room ann server server ann H*~ :0 Real Name",
    ":server 352 ann #room bob server server bob G :0 Real Name",
    ":server 315 ann #Room :End of /WHO list",
  ]);
});

test("WHO with multi-prefix tells every rank", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "multi-prefix");
  ann.sends("JOIN #room");
  ann.sees();
  ann.sends("WHO #room");
  expect(ann.sees()[0]).toBe(":server 352 ann #room ann server server ann H~@ :0 Real Name");
});

test("WHO of a nick tells them without a channel", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("WHO bob");
  expect(ann.sees()).toEqual([
    ":server 352 ann * bob server server bob G :0 bob",
    ":server 315 ann bob :End of /WHO list",
  ]);
});

test("WHO of nobody ends at once", () => {
  const ann = new Chat().member("ann");
  ann.sends("WHO nobody", "WHO #nowhere", "WHO no*");
  expect(ann.sees()).toEqual([
    ":server 315 ann nobody :End of /WHO list",
    ":server 315 ann #nowhere :End of /WHO list",
    ":server 315 ann no* :End of /WHO list",
  ]);
});

test("WHO without a mask, and by a mask, tells who is connected", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("anna");
  chat.hasAccount("annabel");
  ann.sends("WHO ann*", "WHO", "WHO *Real*");
  expect(ann.sees().filter((line) => line.includes(" 352 "))).toHaveLength(6);
});

test("WHOX tells exactly the fields that are asked for, in the order of the specification", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("AWAY :Out");
  ann.sends("WHO #room %rnaftc,42", "WHO bob %tcuihsnfdlaor,7", "WHO ann %i", "WHO bob o");
  expect(ann.sees()).toEqual([
    ":server 354 ann 42 #room ann H~ ann :Real Name",
    ":server 354 ann 42 #room bob G bob :Real Name",
    ":server 315 ann #room :End of /WHO list",
    ":server 354 ann 7 * bob 255.255.255.255 server server bob G 0 0 bob n/a :Real Name",
    ":server 315 ann bob :End of /WHO list",
    ":server 354 ann 127.0.0.1",
    ":server 315 ann ann :End of /WHO list",
    ":server 315 ann bob :End of /WHO list",
  ]);
});

test("WHO tells no more members than the limit", () => {
  const [ann] = new Chat({ limits: { listedMax: 1 } }).inChannel("#room", "ann", "bob");
  ann.sends("WHO #room");
  expect(ann.sees()).toHaveLength(2);
});
