package model

func fieldsFromXML(body []byte, long bool) (f errorFields, ok bool) { return f, false }
