"""What several topics are made of: findings, tables, charts, words; nothing here knows a question."""
