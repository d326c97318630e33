"""The field's own tables: stations, cameras, records and passports, from CSV and XLSX with any column names."""

from pardus.ingest.tables.survey import FieldTables as FieldTables
from pardus.ingest.tables.survey import read_tables as read_tables
