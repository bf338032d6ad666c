"""`Task`: something to be done."""

from __future__ import annotations

from typing import ClassVar

from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, DayField, FloatField, IntegerField, TextField
from ewsfs.ews.items.base import Item
from ewsfs.ews.listfields import TextListField
from ewsfs.ews.recurrence import TaskRecurrenceField

STATUSES = ("NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred")


class Task(Item):
    """EWS reference: Task. Something to be done, by when, and how far it is.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/task
    """

    __slots__ = ()
    ELEMENT = "Task"
    NOT_STARTED: ClassVar[str] = "NotStarted"
    IN_PROGRESS: ClassVar[str] = "InProgress"
    COMPLETED: ClassVar[str] = "Completed"
    WAITING_ON_OTHERS: ClassVar[str] = "WaitingOnOthers"
    DEFERRED: ClassVar[str] = "Deferred"

    actual_work = IntegerField("task:ActualWork", minimum=0)
    assigned_time = DateTimeField("task:AssignedTime", read_only=True)
    billing_information = TextField("task:BillingInformation")
    change_count = IntegerField("task:ChangeCount", read_only=True)
    companies = TextListField("task:Companies")
    complete_date = DateTimeField("task:CompleteDate")
    contacts = TextListField("task:Contacts")
    delegation_state = TextField("task:DelegationState", read_only=True)
    delegator = TextField("task:Delegator", read_only=True)
    due_date = DayField("task:DueDate")
    is_assignment_editable = IntegerField("task:IsAssignmentEditable", read_only=True)
    is_complete = BooleanField("task:IsComplete", read_only=True)
    is_recurring = BooleanField("task:IsRecurring", read_only=True)
    is_team_task = BooleanField("task:IsTeamTask", read_only=True)
    mileage = TextField("task:Mileage")
    owner = TextField("task:Owner", read_only=True)
    percent_complete = FloatField("task:PercentComplete", minimum=0, maximum=100)
    recurrence = TaskRecurrenceField("task:Recurrence")
    start_date = DayField("task:StartDate")
    status = ChoiceField("task:Status", STATUSES)
    status_description = TextField("task:StatusDescription", read_only=True)
    total_work = IntegerField("task:TotalWork", minimum=0)

    def validate(self) -> None:
        super().validate()
        if self.start_date is not None and self.due_date is not None and self.due_date < self.start_date:
            raise ValueError(f"'due_date' {self.due_date} is before 'start_date' {self.start_date}")

    def complete(self) -> None:
        """Save it as done. Raises: EWSError."""
        self.status = self.COMPLETED
        self.percent_complete = 100.0
        self.save()
