-- `custom`: a payload that does not fit the built-in type of this name is accepted and not read. `seeded`: the
-- server has inserted the type, and removes it where built-in types are turned off.
--
-- Oldest program that can run beside this schema: 2026-11-30-portal-access
ALTER TABLE event_type ADD COLUMN custom BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE event_type ADD COLUMN seeded BOOLEAN NOT NULL DEFAULT false;
UPDATE event_type SET seeded = true WHERE name IN (
  'message.received', 'message.sent', 'message.progress', 'message.read', 'message.deleted',
  'optout.changed', 'call.logged', 'contact.created', 'contact.updated', 'contact.deleted',
  'line.assigned', 'line.blocked', 'typing.changed', 'template.created', 'template.updated',
  'template.deleted', 'template.connected', 'whatsapp_account.connected',
  'whatsapp_account.disconnected'
);
