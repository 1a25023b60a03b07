-- Records are short since version 6. In SQLite they become so.

-- +goose Up
SELECT 'nothing to change';

-- +goose Down
SELECT 'nothing to change';
