module msgraph-user

go 1.26
