# The page that describes the API.
api-title = API for front ends
api-lead = For the operator’s own front end. Apps of others use the authorization endpoint.
api-programs = For programs
api-takes = Takes
api-answers = Answers
api-shapes = Shapes
