-- `custom`: a payload that does not fit the built-in type of this name is accepted and not read. `seeded`: the
-- server has inserted the type, and removes it where built-in types are turned off.
ALTER TABLE eventType ADD COLUMN custom INTEGER NOT NULL DEFAULT 0;
ALTER TABLE eventType ADD COLUMN seeded INTEGER NOT NULL DEFAULT 0;
UPDATE eventType SET seeded = 1 WHERE name IN (
  'message.received', 'message.sent', 'message.progress', 'message.read', 'message.deleted',
  'optout.changed', 'call.logged', 'contact.created', 'contact.updated', 'contact.deleted',
  'line.assigned', 'line.blocked', 'typing.changed', 'template.created', 'template.updated',
  'template.deleted', 'template.connected', 'whatsapp_account.connected',
  'whatsapp_account.disconnected'
);
